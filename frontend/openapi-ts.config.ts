import { defineConfig } from '@hey-api/openapi-ts';

// The client is committed, so that a reader sees it; a test compares it with what the contract gives.
export default defineConfig({
  input: '../docs/openapi.yaml',
  output: { path: process.env.MYEVENTS_API_OUT ?? 'src/api/gen' },
  logs: { level: 'warn', file: false },
  plugins: [
    { name: '@hey-api/client-fetch', throwOnError: true, runtimeConfigPath: './src/api/client' },
    '@hey-api/typescript',
    { name: '@hey-api/sdk', responseStyle: 'data' },
  ],
});
