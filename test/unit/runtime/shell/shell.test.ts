import { beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../../../lab-server/embedded/runtime/index.ts';
import { loadPrograms, run, runtimeLab, script, settled, type Ran, type RuntimeLab } from '../lab.ts';

beforeAll(loadPrograms, 60_000);

async function inContainer<T>(image: string, use: (container: Container, lab: RuntimeLab) => Promise<T>): Promise<T> {
  await using lab = runtimeLab();
  return await use(await lab.start(image, image.startsWith('busybox') ? { command: ['sleep', '3600'] } : {}), lab);
}

const sh = (text: string, options: { stdin?: string; shell?: string } = {}): Promise<Ran> =>
  inContainer('busybox', (container) => script(container, text, options));
const bash = (text: string): Promise<Ran> => inContainer('nginx', (container) => script(container, text, { shell: 'bash' }));

describe('the shell language', () => {
  it.each([
    ['words and quotes', `echo a  b "c  d" 'e $f' g\\ h`, 'a b c  d e $f g h\n'],
    ['variables', 'x=1; y="$x 2"; echo $x $y "$y" ${x}3 $nosuch.', '1 1 2 1 2 13 .\n'],
    ['defaults', 'echo ${x:-d} ${x-e} ${x:=f} ${x:+g} ${#x}', 'd e f g 1\n'],
    ['patterns in parameters', 'p=/a/b.tar.gz; echo ${p##*/} ${p#*/} ${p%.*} ${p%%.*}', 'b.tar.gz a/b.tar.gz /a/b.tar /a/b\n'],
    [
      'arithmetic',
      'i=5; echo $((i*2+3%2)) $((i>3 && i<9)) $(( (1<<4) | 1 )) $((i++)) $i $((-7/2)) $((0x1f)) $((010))',
      '11 1 17 5 6 -3 31 8\n',
    ],
    ['command substitution', 'echo "$(echo a; echo b)" $(echo c; echo d) `echo e`', 'a\nb c d e\n'],
    ['field splitting', 'x="a  b"; set -- $x; echo $#; IFS=:; y=1:2::3; set -- $y; echo $# $1 $4', '2\n4 1 3\n'],
    ['if and test', 'if [ 1 -lt 2 ] && [ a = a ] && [ ! -e /nosuch ]; then echo yes; else echo no; fi', 'yes\n'],
    [
      'loops',
      'for i in a b; do for j in 1 2 3; do [ $j = 2 ] && continue; [ $i$j = b3 ] && break 2; echo $i$j; done; done',
      'a1\na3\nb1\n',
    ],
    ['while and read', 'printf "1 x\\n2 y z\\n" | while read n rest; do echo "$rest-$n"; done', 'x-1\ny z-2\n'],
    ['until', 'i=0; until [ $i -ge 3 ]; do i=$((i+1)); done; echo $i', '3\n'],
    [
      'case',
      'for x in apple 42 -h; do case $x in a*) echo word;; [0-9]*) echo number;; -h|--help) echo help;; esac; done',
      'word\nnumber\nhelp\n',
    ],
    ['functions', 'f() { local x=in; echo $x $1 $#; return 3; }; x=out; f a b; echo $? $x', 'in a 2\n3 out\n'],
    ['here-documents', "x=v; cat <<EOF\n$x $(echo s)\n  indented\nEOF\ncat <<'EOF'\n$x\nEOF", 'v s\n  indented\n$x\n'],
    [
      'redirections',
      'echo a >/tmp/f; echo b >>/tmp/f; cat </tmp/f; { echo o; echo e >&2; } 2>&1 | sort; ls /nosuch 2>/dev/null || echo failed',
      'a\nb\ne\no\nfailed\n',
    ],
    ['descriptors', 'exec 3>/tmp/log; echo one >&3; echo two >&3; exec 3>&-; cat /tmp/log', 'one\ntwo\n'],
    ['subshells', 'x=1; (x=2; cd /tmp; echo $x); echo $x; pwd', '2\n1\n/\n'],
    ['pipelines run at the same time', 'yes | head -3 | wc -l', '3\n'],
    [
      'status of pipelines and lists',
      'false | true; echo $?; true | false; echo $?; ! true; echo $?; false && echo x || echo y',
      '0\n1\n1\ny\n',
    ],
    ['positional parameters', 'set -- a "b c" d; shift; echo $# "$1" "$*"; for x; do echo "<$x>"; done', '2 b c b c d\n<b c>\n<d>\n'],
    ['globs', 'cd /tmp; touch b.txt a.txt .hid c.md; echo *.txt; echo [bc].*; echo "*" *.nosuch', 'a.txt b.txt\nb.txt c.md\n* *.nosuch\n'],
    ['eval and source', 'eval "y=\\$((1+1))"; echo "z=3" > /tmp/s; . /tmp/s; echo $y $z', '2 3\n'],
    [
      'getopts',
      'set -- -a -b val rest; while getopts ab: o; do echo "$o $OPTARG"; done; shift $((OPTIND-1)); echo $1',
      'a \nb val\nrest\n',
    ],
    [
      'set -e ends the script but not in conditions',
      'set -e; false || true; if false; then :; fi; ! true; echo on; false; echo never',
      'on\n',
    ],
    ['printf', "printf '%s=%03d|%-5s|%x\\n' a 7 b 255", 'a=007|b    |ff\n'],
    ['temporary variables', 'X=1 env | grep ^X=; echo "[$X]"; X=2 sh -c \'echo $X\'', 'X=1\n[]\n2\n'],
    ['the commands of exit traps', 'trap "echo bye" EXIT; echo hi; exit 0', 'hi\nbye\n'],
    ['exec replaces the shell', 'exec echo replaced; echo never', 'replaced\n'],
    ['an unset variable under set -u', 'set -u; echo ${x-ok}; echo $x; echo never', 'ok\n'],
  ])('%s', async (_name, text, stdout) => {
    expect((await sh(text)).stdout).toBe(stdout);
  });

  it.each([
    [
      'arrays',
      'a=(x "y z"); a+=(w); echo ${#a[@]} "${a[1]}" ${a[-1]}; for i in "${a[@]}"; do echo "<$i>"; done',
      '3 y z w\n<x>\n<y z>\n<w>\n',
    ],
    ['associative arrays', 'declare -A m; m[k]=v; m[a]=b; echo ${m[k]} ${#m[@]} ${!m[@]}', 'v 2 k a\n'],
    ['braces', 'echo a{1,2}b {1..3} {a..c} {01..03}', 'a1b a2b 1 2 3 a b c 01 02 03\n'],
    ['double brackets', 'x=abc; [[ $x == a* && $x =~ ^a(.)c$ ]] && echo ${BASH_REMATCH[1]}; [[ -z $nosuch ]] && echo empty', 'b\nempty\n'],
    ['substitutions in parameters', 'x=hello; echo ${x^^} ${x/l/L} ${x//l/L} ${x:1:3} ${x: -2}', 'HELLO heLlo heLLo ell lo\n'],
    ['here-strings and process substitution', 'cat <<< "hi $((1+1))"; diff <(echo a) <(echo a) && echo same', 'hi 2\nsame\n'],
    ['C-style loops', 'for ((i=0; i<3; i++)); do printf $i; done; echo; ((i == 3)) && echo three', '012\nthree\n'],
    ['pipefail and PIPESTATUS', 'set -o pipefail; false | true; echo $? ; true | false | true; echo ${PIPESTATUS[@]}', '1\n0 1 0\n'],
  ])('bash: %s', async (_name, text, stdout) => {
    expect((await bash(text)).stdout).toBe(stdout);
  });

  it('leaves braces and double brackets alone where the shell knows none', async () => {
    const ran = await inContainer('nginx', (container) => script(container, 'echo {1..3} {a,b}'));
    expect(ran.stdout).toBe('{1..3} {a,b}\n');
  });
});

describe('what goes wrong in a shell', () => {
  it.each([
    ['busybox', 'sh', 'nosuch', 127, 'sh: nosuch: not found\n'],
    ['nginx', 'sh', 'nosuch', 127, 'sh: 1: nosuch: not found\n'],
    ['nginx', 'bash', 'nosuch', 127, 'bash: line 1: nosuch: command not found\n'],
    ['nginx', 'sh', '/etc/passwd', 126, 'sh: 1: /etc/passwd: Permission denied\n'],
    ['busybox', 'sh', 'echo x > /nosuch/f', 1, "sh: can't create /nosuch/f: nonexistent directory\n"],
    ['nginx', 'sh', 'cat < /nosuch', 2, 'sh: 1: cannot open /nosuch: No such file\n'],
    ['nginx', 'bash', 'cat < /nosuch', 1, 'bash: line 1: /nosuch: No such file or directory\n'],
    ['nginx', 'sh', 'echo "', 2, 'sh: 1: Syntax error: Unterminated quoted string\n'],
    ['nginx', 'bash', 'done', 2, "bash: -c: line 1: syntax error near unexpected token `done'\n"],
    ['nginx', 'sh', 'fi', 2, 'sh: 1: Syntax error: "fi" unexpected\n'],
    ['busybox', 'sh', 'a | | b', 2, 'sh: syntax error: unexpected "|"\n'],
    ['nginx', 'sh', 'cd /nosuch', 2, "sh: 1: cd: can't cd to /nosuch\n"],
    ['nginx', 'bash', 'readonly r=1; r=2', 1, 'bash: line 1: r: readonly variable\n'],
    ['nginx', 'sh', 'echo ${x:?is needed}', 2, 'sh: 1: x: is needed\n'],
    ['busybox', 'sh', 'exit 300', 44, ''],
  ])('%s %s: %s', async (image, shell, text, code, stderr) => {
    const ran = await inContainer(image, (container) => script(container, text, { shell }));
    expect(ran.code).toBe(code);
    expect(ran.stderr).toBe(stderr);
  });

  it('ends recursion without end with a message instead of a crash', async () => {
    const ran = await sh('f() { f; }; f; echo never');
    expect(ran.stderr).toContain('maximum function nesting level');
    expect(ran.stdout).toBe('');
  });

  it('stops a fork bomb at the limit of processes', async () => {
    const ran = await inContainer('busybox', async (container, lab) => {
      const abort = new AbortController();
      const running = run(container, ['sh', '-c', 'b() { b | b & }; b; sleep 1000'], { signal: abort.signal });
      await lab.clock.advance(5_000);
      abort.abort();
      const bomb = await running;
      expect(bomb.stderr).toContain("can't fork");
      return run(container, ['echo', 'alive']);
    });
    expect(ran.stdout).toBe('alive\n');
  });
});

describe('processes of a shell', () => {
  it('run in the background, are waited for, and end by signals', async () => {
    await inContainer('busybox', async (container, lab) => {
      const running = script(
        container,
        'sleep 5 & p=$!; sleep 100 & kill $!; wait $!; echo $?; wait $p; echo $?; sleep 1 & sleep 2 & wait; echo all',
      );
      await lab.clock.advance(10_000);
      expect((await running).stdout).toBe('143\n0\nall\n');
    });
  });

  it('run their trap when the command that runs is over, or wait is interrupted', async () => {
    await inContainer('busybox', async (container, lab) => {
      const slow = script(container, 'trap "echo got it" TERM; (sleep 1; kill -TERM $$) & sleep 5; echo after');
      await lab.clock.advance(5_000);
      expect((await slow).stdout).toBe('got it\nafter\n');
      const waiting = script(container, 'trap "echo got it" TERM; (sleep 1; kill -TERM $$) & sleep 100 & wait $!; echo $?');
      await lab.clock.advance(1_000);
      expect((await waiting).stdout).toBe('got it\n143\n');
    });
  });

  it('see the end of their input and share it', async () => {
    expect((await sh('read first; cat; echo "[$first]"', { stdin: 'one\ntwo\nthree\n' })).stdout).toBe('two\nthree\n[one]\n');
    const ran = await inContainer('busybox', (container) =>
      run(container, ['sh'], { stdin: 'x=5\necho $x\nif true\nthen echo multi\nfi\ncat <<E\nhere $x\nE\n' }),
    );
    expect(ran.stdout).toBe('5\nmulti\nhere 5\n');
  });

  it('end at once when whoever ran them goes away', async () => {
    await inContainer('busybox', async (container) => {
      const abort = new AbortController();
      const running = run(container, ['sh', '-c', 'while true; do sleep 1; done'], { signal: abort.signal });
      await settled();
      abort.abort();
      expect((await running).code).toBe(137);
    });
  });
});
