/** This extension's version, equal to the Python package's (a test compares them). */
export const VERSION = '0.1.0';
/** Of the routes. With another one at the other end nothing is decided here. */
export const PROTOCOL = 1;
