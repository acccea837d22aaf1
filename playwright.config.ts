// Browser tests: each worker starts the real server on a free port with a data folder of its own (test/e2e/lab-server.ts).
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's chromium where it is installed; else the one that Playwright brings. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  // Generous: a machine with other work on it is slow, and the tests wait for what they need and no longer.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  workers: 2,
  fullyParallel: true,
  reporter: 'list',
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      ...(CHROMIUM && { executablePath: CHROMIUM }),
      // Without WebGL the terminal draws by DOM, which a test can read as a person does.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-3d-apis',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
