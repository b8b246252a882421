/** Stands in for what the generated client reads streams of server-sent events with: this API has none (vite.config.ts). */
export const createSseClient = (): never => {
  throw new Error('the API sends no streams');
};
