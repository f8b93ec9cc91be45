import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  worker: { format: 'es' },
  // Workspace packages are bundled from their sources.
  resolve: { conditions: ['parley-source', ...defaultClientConditions] },
  build: { outDir: 'dist/page', emptyOutDir: true, target: 'es2022', sourcemap: false },
});
