export { PtyHost, type Hold, type OpenTerminal, type PtyHostOptions } from './pty-host.ts';
export type { PtyCommand } from './host/pty-process.ts';
export type { ExitStatus, Sequence, Terminal, TerminalAttachment, TerminalChunk, TerminalSize } from './terminal.ts';
