import 'fake-indexeddb/auto';
import { cleanup, configure } from '@testing-library/react';
import i18next from 'i18next';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { startI18n } from '../lib/i18n';
import { forgetSession } from '../lib/session';
import { server } from './server';

// What jsdom lacks of a browser.
vi.stubGlobal('scrollTo', () => {});
window.matchMedia = (media: string): MediaQueryList =>
  Object.assign(new EventTarget(), { matches: false, media, onchange: null, addListener: () => {}, removeListener: () => {} });
class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}
Object.assign(window, { ResizeObserver: Observer, IntersectionObserver: Observer, scrollTo: () => {} });
HTMLElement.prototype.scrollIntoView = () => {};
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close() {
  this.open = false;
};

configure({ asyncUtilTimeout: 10_000 }); // milliseconds; slow machines, nothing waits that long

beforeAll(async () => {
  server.listen({ onUnhandledFrame: 'error' });
  if (!i18next.isInitialized) await startI18n('en');
});
beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  forgetSession();
});
afterEach(() => {
  cleanup();
  server.resetHandlers();
});
afterAll(() => server.close());
