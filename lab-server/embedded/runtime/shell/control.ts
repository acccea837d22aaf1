// How `break`, `continue`, `return` and fatal errors leave the commands around them.

export class LoopExit extends Error {
  readonly kind: 'break' | 'continue';
  levels: number;
  constructor(kind: 'break' | 'continue', levels: number) {
    super(kind);
    this.kind = kind;
    this.levels = levels;
  }
}

export class FunctionReturn extends Error {
  readonly status: number;
  constructor(status: number) {
    super('return');
    this.status = status;
  }
}

/** An error that ends a non-interactive shell, and the current line of an interactive one. The message was printed already. */
export class FatalShellError extends Error {
  readonly status: number;
  constructor(status: number) {
    super('fatal shell error');
    this.status = status;
  }
}
