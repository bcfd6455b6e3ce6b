export * from './applications';
export * from './errors';
export * from './events';
export * from './lines';
export * from './server';
export * from './verbs';
export * from './version';
export * from './wire';
