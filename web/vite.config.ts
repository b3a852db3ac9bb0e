import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The server allows nothing but its own files (CSP default-src 'self'), so nothing may be inlined.
export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': process.env.EARWITNESS_URL ?? 'http://127.0.0.1:8090' },
  },
  test: { include: ['src/tests/*.test.ts'], testTimeout: 60_000 },
});
