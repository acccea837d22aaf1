export type { Hold, OpenTerminal } from './host-connection.ts';
export { PtyHost, type PtyHostOptions } from './pty-host.ts';
export type { PtyCommand } from './host/pty-process.ts';
export type { ExitStatus, Sequence, Terminal, TerminalAttachment, TerminalChunk, TerminalSize } from './terminal.ts';
export { withoutOtherFiles } from './host/closed-files.ts';
export { killSession } from './host/session-processes.ts';
export type { StreamConnection } from './stream/connection.ts';
export { LabTerminals, type TerminalSource } from './stream/lab-terminals.ts';
export { serveStream, type LabStream, type StreamLab, type StreamOptions } from './stream/serve-stream.ts';
