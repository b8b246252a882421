import './theme';
import { startTransition } from 'react';
import { createRoot } from 'react-dom/client';
import { startI18n } from '../lib/i18n';
import { applyScheme } from '../lib/scheme';
import { startWorker } from '../lib/worker';
import { App } from './App';
import { createAppRouter } from './router';

/** Lets the browser answer and paint in between: a slow phone takes a tenth of a second for each of these steps. */
const breathe = () => new Promise((done) => setTimeout(done));

const root = document.getElementById('root');
if (root) {
  applyScheme();
  await breathe();
  const router = createAppRouter();
  await breathe();
  // Texts, data and page are fetched side by side; the first paint has all that it needs.
  await Promise.all([startI18n(), router.load()]);
  startTransition(() => createRoot(root).render(<App router={router} />)); // in slices
  startWorker();
}
