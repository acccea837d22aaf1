// npm test: sets up what is missing, runs every check, and ends with how many passed and failed.
//   npm test              everything
//   npm test unit e2e     only these parts (static, unit, integration, security, content, e2e)
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDependencies } from './dependencies.mjs';
import { ensureKubectl } from './kubectl.mjs';
import { cacheFolder, localProgram, nodeProgram, root } from './paths.mjs';
import { bundlePrograms } from './programs.mjs';
import { buildSite, extractSchemas, toolEnvironment } from './site.mjs';
import { lastLines, run, SetupError, step } from './terminal.mjs';
import { ensureChromium, ensureWorkspaceTools } from './tools.mjs';

const PARTS = ['static', 'unit', 'integration', 'security', 'content', 'e2e'];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) {
  process.stderr.write(`There is no part "${unknown.join('", "')}" in the tests. The parts are: ${PARTS.join(', ')}.\n`);
  process.exit(2);
}
const parts = wanted.length > 0 ? wanted : PARTS;
const reports = mkdtempSync(join(tmpdir(), 'dockside-test-'));
/** @type {{ passed: number, failed: number, skipped: string[] }} */
const total = { passed: 0, failed: 0, skipped: [] };
const RUNNERS = {
  static: staticChecks,
  unit: (show) => vitest('unit', show),
  integration: (show) => vitest('integration', show),
  security: (show) => vitest('security', show),
  content,
  e2e: playwright,
};

try {
  await setUp();
  for (const part of parts) {
    await step(`Test ${part}`, (show) => RUNNERS[part](show));
  }
} catch (error) {
  if (!(error instanceof SetupError)) {
    throw error;
  }
  process.stdout.write(`\n${error.message}\n`);
  total.failed += 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
if (total.skipped.length > 0) {
  process.stdout.write('\nSkipped:\n');
  for (const name of new Set(total.skipped)) {
    const { length } = total.skipped.filter((one) => one === name);
    process.stdout.write(`  ${name}${length > 1 ? ` (${length} tests)` : ''}\n`);
  }
}
const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

async function setUp() {
  mkdirSync(cacheFolder, { recursive: true });
  await step('Packages', installDependencies);
  await step('Workspace tools', ensureWorkspaceTools);
  await step('kubectl', ensureKubectl);
  await step('API schemas', extractSchemas);
  await step('Workspace programs', bundlePrograms);
  if (parts.includes('e2e')) {
    await step('Chromium', (show) => ensureChromium(show, installPlaywrightBrowser));
  }
  // The built site is served by the integration and browser tests; a type check of the site reads what the build generates.
  await step('Site', buildSite);
}

async function installPlaywrightBrowser() {
  const result = await run(localProgram('playwright'), ['install', 'chromium'], { cwd: root, env: toolEnvironment(), timeoutMs: 300_000 });
  return result.code === 0;
}

/** Counts one test that is a whole program: passed when it exits with 0. */
async function program(name, command, args) {
  const result = await run(localProgram(command), args, { cwd: root, env: toolEnvironment() });
  record(result.code === 0 ? [] : [{ name, message: lastLines(result.output, 60) }], result.code === 0 ? 1 : 0);
}

function record(failures, passed, skippedTests = []) {
  total.passed += passed;
  total.failed += failures.length;
  total.skipped.push(...skippedTests);
  for (const failure of failures) {
    process.stdout.write(`\n  FAILED ${failure.name}\n${failure.message.replaceAll(/^/gm, '    ')}\n`);
  }
}

async function vitest(project, show) {
  const file = join(reports, `${project}.json`);
  const result = await run(
    localProgram('vitest'),
    // Most tests of integration and security wait for other processes: one worker more than Vitest's own choice keeps two cores busy.
    [
      'run',
      '--project',
      project,
      ...(project === 'unit' ? [] : ['--maxWorkers=3']),
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${file}`,
      '--passWithNoTests',
    ],
    { cwd: root, env: toolEnvironment(), onLine: show.line },
  );
  const report = read(file);
  if (!report) {
    record([{ name: project, message: lastLines(result.output, 40) }], 0);
    return 'could not run';
  }
  const failures = [];
  const skippedTests = [];
  let passed = 0;
  for (const suite of report.testResults) {
    const place = suite.name.slice(root.length + 1);
    if (suite.status === 'failed' && suite.assertionResults.length === 0) {
      failures.push({ name: place, message: suite.message });
    }
    for (const test of suite.assertionResults) {
      if (test.status === 'passed') {
        passed += 1;
      } else if (test.status === 'failed') {
        failures.push({ name: `${place}: ${test.fullName}`, message: test.failureMessages.join('\n') });
      } else {
        skippedTests.push(`${place}: ${test.ancestorTitles[0] ?? test.title}`);
      }
    }
  }
  if (result.code !== 0 && failures.length === 0) {
    failures.push({ name: project, message: lastLines(result.output, 40) });
  }
  record(failures, passed, skippedTests);
  return `${passed} passed, ${failures.length} failed`;
}

async function playwright(show) {
  const file = join(reports, 'e2e.json');
  const result = await run(localProgram('playwright'), ['test', '--reporter=json'], {
    cwd: root,
    env: { ...toolEnvironment(), PLAYWRIGHT_JSON_OUTPUT_NAME: file },
    onLine: show.line,
  });
  const report = read(file);
  if (!report) {
    record([{ name: 'e2e', message: lastLines(result.output, 40) }], 0);
    return 'could not run';
  }
  const failures = report.errors.map((error) => ({ name: 'e2e', message: error.message ?? '' }));
  const skippedTests = [];
  let passed = 0;
  const visit = (suite) => {
    for (const spec of suite.specs ?? []) {
      const outcome = spec.tests.map((test) => test.status);
      if (outcome.every((status) => status === 'skipped')) {
        skippedTests.push(`${spec.file}: ${spec.title}`);
      } else if (spec.ok) {
        passed += 1;
      } else {
        const errors = spec.tests.flatMap((test) => test.results.flatMap((one) => (one.errors ?? []).map((error) => error.message)));
        failures.push({ name: `${spec.file}: ${spec.title}`, message: errors.join('\n') });
      }
    }
    for (const inner of suite.suites ?? []) {
      visit(inner);
    }
  };
  report.suites.forEach(visit);
  if (result.code !== 0 && failures.length === 0) {
    failures.push({ name: 'e2e', message: lastLines(result.output, 40) });
  }
  record(failures, passed, skippedTests);
  return `${passed} passed, ${failures.length} failed`;
}

async function content() {
  const result = await run(nodeProgram, [join(root, 'lab-server', 'cli', 'main.ts'), 'verify', '--quick', '--json'], {
    cwd: root,
    env: toolEnvironment(),
  });
  let lines;
  let left;
  try {
    ({ runs: lines, left } = JSON.parse(result.output.trim().split('\n').at(-1)));
  } catch {
    record([{ name: 'dockside verify', message: lastLines(result.output, 40) }], 0);
    return 'could not run';
  }
  const failures = lines.filter((one) => !one.ok).map((one) => ({ name: `${one.exercise}: ${one.run}`, message: one.message ?? '' }));
  const skippedTests =
    left > 0 ? [`content: ${left} more mistakes of ECS exercises, to keep this short (dockside verify tries them all)`] : [];
  record(failures, lines.length - failures.length, skippedTests);
  return `${lines.length - failures.length} passed, ${failures.length} failed`;
}

async function staticChecks(show) {
  const before = total.failed;
  const waiting = [
    ['format', 'oxfmt', ['--check', '.']],
    ['format of .astro files', 'prettier', ['--check', 'src/**/*.astro', '--log-level', 'warn']],
    ['lint', 'oxlint', ['--deny-warnings']],
    ['types of the server', 'tsc', ['-p', 'lab-server']],
    ['types of the browser tests', 'tsc', ['-p', 'test/e2e']],
    ['types of the tests of pages', 'tsc', ['-p', 'test/unit/src']],
    ['types of the site', 'astro', ['check', '--minimumFailingSeverity', 'error']],
    ['layers', 'depcruise', ['lab-server', 'src', '--config', '.dependency-cruiser.cjs']],
    ['unused code', 'knip', []],
    ['size of the pages', 'size-limit', []],
  ];
  // Most of them use one core.
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, command, args] = next;
      show(name);
      await program(name, command, args);
    }
  };
  await Promise.all([lane(), lane()]);
  return total.failed === before ? 'passed' : `${total.failed - before} failed`;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
