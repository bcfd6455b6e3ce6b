import { TextDecoder, TextEncoder } from 'node:util';

/** What browsers have and jsdom lacks, as far as importing Lab's packages needs it. */
Object.assign(globalThis, { TextDecoder, TextEncoder });
if (typeof DragEvent === 'undefined') {
  Object.assign(globalThis, { DragEvent: class extends MouseEvent {} });
}
if (typeof ResizeObserver === 'undefined') {
  const none = (): void => undefined;
  Object.assign(globalThis, {
    ResizeObserver: class {
      observe = none;
      unobserve = none;
      disconnect = none;
    }
  });
}
if (typeof window.matchMedia === 'undefined') {
  const matchMedia = (media: string): object => ({
    media,
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined
  });
  Object.assign(window, { matchMedia });
}
if (typeof requestIdleCallback === 'undefined') {
  Object.assign(globalThis, {
    requestIdleCallback: (call: () => void) => setTimeout(call, 0),
    cancelIdleCallback: (id: number) => clearTimeout(id)
  });
}
if (!navigator.clipboard) {
  Object.assign(navigator, { clipboard: {} });
}
