// The part of node-pty that its own declarations leave out (the version is pinned in package.json for it).
import 'node-pty';

declare module 'node-pty' {
  interface NativePty {
    fork(
      file: string,
      args: string[],
      env: string[],
      cwd: string,
      cols: number,
      rows: number,
      uid: number,
      gid: number,
      utf8: boolean,
      helperPath: string,
      onExit: (exitCode: number, signal: number) => void,
    ): { fd: number; pid: number; pty: string };
    resize(fd: number, cols: number, rows: number): void;
  }
  export const native: NativePty;
}
