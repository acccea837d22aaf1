// Attacks from inside a workspace. Each test is an attempt; it fails when the attempt succeeds.
import { spawnSync } from 'node:child_process';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult, Workspace } from '../../lab-server/workspaces/index.ts';
import { FakeNetwork, page } from '../integration/workspaces/fake-network.ts';
import { Labs } from '../integration/workspaces/lab.ts';

const SECRET = 'the-server-secret-8c1f';
const hasPython = spawnSync('python3', ['--version']).status === 0;

let labs: Labs;
let attacker: Workspace;
let victim: Workspace;
const victimNetwork = new FakeNetwork(['10.96.0.0/12']);

beforeAll(async () => {
  process.env['DOCKSIDE_COOKIE_SECRET'] = SECRET;
  labs = await Labs.open();
  for (const name of ['store.sqlite', 'cookie-secret', 'ca.key']) {
    await writeFile(join(labs.dataFolder, name), SECRET);
  }
  victimNetwork.publish('10.96.0.1', 80, page('the victim’s cluster'));
  victim = await labs.workspace({ id: 'victim', files: { secret: SECRET }, access: { network: victimNetwork } });
  attacker = await labs.workspace({ id: 'attacker', access: { network: new FakeNetwork(['10.96.0.0/12']) } });
});

afterAll(async () => {
  delete process.env['DOCKSIDE_COOKIE_SECRET'];
  await labs[Symbol.asyncDispose]();
});

function attack(script: string): Promise<RunResult> {
  return attacker.run(['bash', '-c', script], { timeoutMs: 20_000, maxOutputBytes: 4_000_000 });
}

function attackInPython(script: string): Promise<RunResult> {
  return attacker.run(['python3', '-c', script], { timeoutMs: 20_000 });
}

describe('files of the host', () => {
  test('the secrets and homes of the host are not there', async () => {
    const { stdout } = await attack(
      'cat /etc/shadow /root/.bashrc /etc/machine-id /etc/ssh/* 2>/dev/null; ls -A /root /home /mnt /srv /boot /sys /etc/ssl/private 2>/dev/null',
    );
    expect(stdout).toBe('/home:\nlearner\n');
  });

  test('the server’s data, its store and other labs are not there', async () => {
    const { stdout, exitCode } = await attack(
      `ls ${labs.dataFolder} ${labs.folder('victim')} && cat ${labs.dataFolder}/{store.sqlite,cookie-secret,ca.key}`,
    );
    expect(stdout).toBe('');
    expect(exitCode).not.toBe(0);
  });

  test('no file that can be read holds the server’s secret', async () => {
    const { stdout } = await attack(`timeout 15 grep -rslF ${SECRET} /etc /opt /run /var /tmp /home /dev/shm 2>/dev/null`);
    expect(stdout).toBe('');
  });

  test('the system cannot be written', async () => {
    const { stdout } = await attack(
      'for f in /usr/x /etc/passwd /etc/x /opt/dockside/bin/kubectl /opt/dockside/confinement/filter /x /run/x /var/x /dev/x /proc/sys/kernel/hostname; do { echo x >> $f; } 2>/dev/null && echo $f; done',
    );
    expect(stdout).toBe('');
  });

  test('no setuid program and no capability gives power', async () => {
    const { stdout, exitCode } = await attack(
      'grep -E "^(CapPrm|CapEff|CapBnd|CapAmb|CapInh):" /proc/self/status | grep -v 0000000000000000; grep -c "NoNewPrivs:.1" /proc/self/status; su -c id root </dev/null; mount -t tmpfs x /tmp; chroot / true',
    );
    expect(stdout).toBe('1\n');
    expect(exitCode).not.toBe(0);
  });

  test('devices can neither be made nor found', async () => {
    const { stdout } = await attack(
      'mknod /tmp/sda b 8 0 && echo made; find /dev -type b; ls /dev/mem /dev/kmem /dev/kvm /dev/fuse /dev/net/tun /dev/loop-control 2>/dev/null',
    );
    expect(stdout).toBe('');
  });

  test('nothing can be mounted or remounted, nor a new user namespace made', async () => {
    const { stdout } = await attack(
      'mount -o remount,rw / && echo root; mount --bind /tmp /usr && echo usr; umount /proc && echo proc; unshare -U true && echo user; unshare -n true && echo net; nsenter -t 1 -m true && echo enter; setpriv --reuid=0 true && echo root-id',
    );
    expect(stdout).toBe('');
  });
});

describe('processes of the host', () => {
  test('only the lab’s own processes are there', async () => {
    const { stdout } = await attack('for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done');
    expect(stdout).not.toContain('main.ts');
    expect(stdout).not.toContain('vitest');
    expect(stdout.trim().split('\n').length).toBeLessThan(10);
  });

  test('the server’s environment is in no process', async () => {
    const { stdout } = await attack('env; cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n"');
    expect(stdout).not.toContain(SECRET);
    expect(stdout).not.toContain('DOCKSIDE_');
  });

  test('the process that holds the lab gives nothing away and cannot be ended', async () => {
    const { stdout } = await attack(
      'cat /proc/1/environ /proc/1/maps 2>/dev/null; ls /proc/1/root/ /proc/1/cwd/ 2>/dev/null; readlink /proc/1/fd/* /proc/1/exe; (echo x > /proc/1/fd/0) 2>/dev/null && echo written; kill -9 1; kill -STOP 1; kill -INT 1; kill -HUP 1; kill -TERM 1; sleep 0.2; kill -0 1 && echo alive',
    );
    expect(stdout).toBe('alive\n');
  });

  test('a process of the host cannot be signalled', async () => {
    const { stdout } = await attack(
      `kill -0 ${process.pid} 2>/dev/null && cat /proc/${process.pid}/cmdline | grep -a vitest && echo found`,
    );
    expect(stdout).toBe('');
    // Everything that may be signalled is the lab's own.
    await attack('kill -9 -1');
    expect((await victim.run(['echo', 'alive'], { timeoutMs: 10_000 })).stdout).toBe('alive\n');
    expect((await attack('echo again')).stdout).toBe('again\n');
  });

  test('files that the server or the terminals’ host has open are not inherited', async () => {
    const terminal = await victim.openTerminal({ cols: 80, rows: 24 });
    const { stdout } = await attack(
      'for fd in /proc/self/fd/*; do n=${fd##*/}; [ $n -gt 2 ] && readlink $fd; done | grep -v "^/proc/.*/fd$"',
    );
    expect(stdout).toBe('');
    terminal.close();
  });

  test.skipIf(!hasPython)('kernel features that namespaces do not divide cannot be called', async () => {
    // syslog, add_key, keyctl, perf_event_open, bpf, userfaultfd, mount, unshare, setns, and open_by_handle_at on x86-64.
    const numbers =
      process.arch === 'arm64' ? [116, 217, 219, 241, 280, 282, 40, 97, 268, 265] : [103, 248, 250, 298, 321, 323, 165, 272, 308, 304];
    const script = `
import ctypes
call = ctypes.CDLL(None, use_errno=True).syscall
for number in ${JSON.stringify(numbers)}:
    print(call(number, 0, 0, 0, 0, 0), ctypes.get_errno())
`;
    const { stdout } = await attackInPython(script);
    expect(stdout).toBe('-1 1\n'.repeat(numbers.length));
  });

  test.skipIf(!hasPython || process.arch !== 'x64')('the 32-bit door to system calls is closed', async () => {
    // mov eax, 20 (getpid); int 0x80; ret
    const script = `
import ctypes, mmap
code = bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3])
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
`;
    const { stdout } = await attackInPython(script);
    expect(['-1\n', '-38\n', '']).toContain(stdout);
  });

  test.skipIf(!hasPython)('no process that is not the learner’s own can be traced, read or written', async () => {
    // The holder inside, and the server's own id outside.
    const script = `
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, ${process.pid}):
    for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
        print(libc.ptrace(request, pid, 0, 0))
    for name in ('mem', 'environ'):
        try:
            open(f'/proc/{pid}/{name}', 'r+b').read(1)
            print('opened')
        except OSError:
            print('refused')
    buffer = ctypes.create_string_buffer(8)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    print(libc.process_vm_readv(pid, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0))
`;
    const { stdout } = await attackInPython(script);
    expect(stdout).toBe('-1\n-1\nrefused\nrefused\n-1\n'.repeat(2));
  });

  test.skipIf(!hasPython)('nothing can be typed into a terminal by a program', async () => {
    const { stdout } = await attackInPython(`
import os, fcntl, pty
pid, fd = pty.fork()
if pid == 0:
    # TIOCSTI, and the paste of the Linux console (TIOCLINUX 3); with high bits set, too, which a careless filter lets pass.
    for request in (0x5412, 0x541C, 0x1_0000_5412):
        try:
            fcntl.ioctl(0, request & 0xFFFFFFFF if request < 2**32 else request - 2**32, b'\\x03')
            print('typed', flush=True)
        except OSError as error:
            print('refused', error.errno, flush=True)
    os._exit(0)
text = b''
while True:
    try:
        piece = os.read(fd, 100)
    except OSError:
        break
    if not piece:
        break
    text += piece
print(text.decode())
`);
    expect(stdout).not.toContain('typed');
    expect(stdout.match(/refused/g)).toHaveLength(3);
  });
});

describe('network', () => {
  let listener: Server;
  let port: number;
  let heard: number;

  beforeAll(async () => {
    heard = 0;
    listener = createServer((socket) => {
      heard += 1;
      socket.end('the host');
    });
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    port = (listener.address() as AddressInfo).port;
  });

  afterAll(() => {
    listener.close();
  });

  test('no address of the host can be reached', async () => {
    const addresses = ['127.0.0.1', ...Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))];
    for (const address of addresses) {
      const target = address.includes(':') ? `[${address}]` : address;
      const { exitCode, stdout } = await attack(`curl -sS --max-time 3 http://${target}:${port}/`);
      expect(exitCode).not.toBe(0);
      expect(stdout).toBe('');
    }
    expect(heard).toBe(0);
  });

  test.each(['169.254.169.254', '169.254.170.2', '192.168.0.1', '8.8.8.8', '224.0.0.1', '255.255.255.255'])(
    '%s cannot be reached',
    async (address) => {
      const { stderr, exitCode } = await attack(`timeout 3 bash -c 'echo > /dev/tcp/${address}/80'`);
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/unreachable|Permission denied|Cannot assign/i);
    },
  );

  test('another lab’s cluster cannot be reached, though it has the same address', async () => {
    expect((await victim.run(['curl', '-sS', '--max-time', '5', 'http://10.96.0.1'], { timeoutMs: 10_000 })).stdout).toBe(
      'the victim’s cluster',
    );
    const { exitCode, stdout } = await attack('curl -sS --max-time 3 http://10.96.0.1');
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
  });

  test('what another lab listens on cannot be reached', async () => {
    void victim.run(['bash', '-c', 'exec python3 -m http.server 8000 --bind 127.0.0.1'], { timeoutMs: 3_000 });
    const { exitCode } = await attack('sleep 1; curl -sS --max-time 2 http://127.0.0.1:8000/');
    expect(exitCode).not.toBe(0);
  });

  test('the network cannot be changed', async () => {
    const { stdout } = await attack(
      'PATH=$PATH:/usr/sbin; ip link set lo down && echo down; ip addr add 10.0.0.1/8 dev lo && echo addr; ip route add default dev lo && echo route; ip link add type dummy && echo dummy; ip route del local 10.96.0.0/12 dev lo table local && echo del',
    );
    expect(stdout).toBe('');
  });

  test.skipIf(!hasPython)('abstract Unix sockets and packet sockets of the host cannot be used', async () => {
    const abstract = createServer((socket) => socket.end('the host'));
    const name = `dockside-test-${process.pid}`;
    await new Promise<void>((resolve) => abstract.listen(`\0${name}`, resolve));
    const { stdout } = await attackInPython(`
import socket
for attempt in (lambda: socket.socket(socket.AF_UNIX).connect('\\0${name}'), lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW), lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)):
    try:
        attempt()
        print('succeeded')
    except OSError as error:
        print('refused')
`);
    abstract.close();
    expect(stdout).toBe('refused\n'.repeat(3));
  });

  test('no socket file of the host is there', async () => {
    const { stdout } = await attack('find / -xdev -type s 2>/dev/null; find /tmp /run /var /home /dev -type s 2>/dev/null');
    expect(stdout).toBe('');
  });
});

describe('other labs', () => {
  test('memory, messages and semaphores are not shared', async () => {
    await victim.run(['bash', '-c', 'ipcmk -Q; echo secret > /dev/shm/x; echo secret > /tmp/x'], { timeoutMs: 5_000 });
    const { stdout } = await attack('ipcs -q | grep -c 0x; cat /dev/shm/x /tmp/x 2>/dev/null');
    expect(stdout).toBe('0\n');
  });

  test('the victim’s files are as they were', async () => {
    expect(Buffer.from((await victim.files.read('secret')).content).toString()).toBe(SECRET);
  });
});
