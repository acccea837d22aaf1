import { PassThrough } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { collector, loadPrograms, runtimeLab, settled, type RuntimeLab } from '../lab.ts';

beforeAll(loadPrograms, 60_000);

interface Session {
  type: (keys: string) => Promise<void>;
  screen: () => string;
  code: Promise<number>;
  lab: RuntimeLab;
}

async function withTerminal(image: string, command: string[], use: (session: Session) => Promise<void>, cols = 80): Promise<void> {
  await using lab = runtimeLab();
  const container = await lab.start(image, image === 'nginx' ? {} : { command: ['sleep', '3600'] });
  const stdin = new PassThrough();
  const stdout = collector();
  const sizes = (async function* () {
    yield { cols, rows: 24 };
  })();
  const code = container.exec({
    command,
    tty: true,
    stdin,
    stdout: stdout.stream,
    stderr: stdout.stream,
    signal: new AbortController().signal,
    sizes,
  });
  await settled();
  await use({
    lab,
    code,
    screen: () => stdout.text(),
    async type(keys) {
      stdin.write(keys);
      await settled();
    },
  });
  await lab.clock.advance(1);
}

describe('a shell at a terminal', () => {
  it.each([
    ['busybox', 'sh', '/ # '],
    ['nginx', 'sh', '# '],
    ['nginx', 'bash', 'root@web-0:/# '],
  ])('%s %s greets with %j, echoes, runs, and leaves with its status', async (image, shell, prompt) => {
    await withTerminal(image, [shell], async ({ type, screen, code }) => {
      await type('echo hi\r');
      await type('exit 3\r');
      expect(screen()).toBe(`${prompt}echo hi\r\nhi\r\n${prompt}exit 3\r\n`);
      expect(await code).toBe(3);
    });
  });

  it('edits: backspace, cursor keys, home, kill, and the history', async () => {
    await withTerminal('busybox', ['sh'], async ({ type, screen }) => {
      await type('echo helo\u001b[Dl\r');
      await type('echo abc\u007f\u007fX\r');
      await type('oops\u0015echo fresh\r');
      await type('\u001b[A\u001b[A\r');
      const shown = screen();
      expect(shown).toContain('\r\nhello\r\n');
      expect(shown).toContain('\r\naX\r\n');
      expect(shown.split('\r\nfresh\r\n')).toHaveLength(2);
      expect(shown.split('\r\naX\r\n')).toHaveLength(3);
    });
  });

  it('stops what runs with Ctrl+C and lives on; Ctrl+D leaves', async () => {
    await withTerminal('busybox', ['sh'], async ({ type, screen, code }) => {
      await type('sleep 1000\r');
      await type('\u0003');
      await type('echo $?\r');
      expect(screen()).toContain('^C');
      expect(screen()).toContain('\r\n130\r\n');
      await type('half a line\u0003');
      await type('\u0004');
      expect(await code).toBe(130);
    });
  });

  it('asks for more until a command is whole', async () => {
    await withTerminal('busybox', ['sh'], async ({ type, screen }) => {
      await type('for i in 1 2\r');
      await type('do echo n$i\r');
      await type('done\r');
      expect(screen()).toContain('> done\r\nn1\r\nn2\r\n');
    });
  });

  it('completes commands, paths and variables with Tab', async () => {
    await withTerminal('busybox', ['sh'], async ({ type, screen }) => {
      await type('cat /etc/hostn\t\r');
      await type('hostna\t\r');
      await type('echo $HOSTN\t\r');
      expect(screen().split('web-0\r\n')).toHaveLength(4);
    });
  });

  it('hands lines to programs in cooked mode and the end of input with Ctrl+D', async () => {
    await withTerminal('busybox', ['cat'], async ({ type, screen, code }) => {
      await type('helo\u007f\u007fllo\r');
      await type('\u0004');
      expect(await code).toBe(0);
      expect(screen()).toBe('helo\b \b\b \bllo\r\nhello\r\n');
    });
  });

  it('tells programs its size', async () => {
    await withTerminal(
      'busybox',
      ['stty', 'size'],
      async ({ code, screen }) => {
        expect(await code).toBe(0);
        expect(screen()).toBe('24 132\r\n');
      },
      132,
    );
  });
});
