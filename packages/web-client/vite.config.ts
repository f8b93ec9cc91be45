import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { shellList } from './build/shell-list.ts';
import { workerChunk } from './build/worker-chunk.ts';

export default defineConfig({
  plugins: [react(), workerChunk(), shellList(join(import.meta.dirname, 'public'))],
  worker: { format: 'es' },
  // Workspace packages are bundled from their sources.
  resolve: { conditions: ['parley-source', ...defaultClientConditions] },
  build: { outDir: 'dist/page', emptyOutDir: true, target: 'es2022', sourcemap: false },
});
