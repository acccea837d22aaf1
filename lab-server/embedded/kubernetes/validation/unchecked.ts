/** What a client sent before it is checked: any field may be missing, whatever the model says. */
export type Unchecked<T> = T extends (infer Item)[]
  ? Unchecked<Item>[]
  : T extends Record<string, string>
    ? string extends keyof T
      ? T
      : { [Key in keyof T]?: Unchecked<T[Key]> }
    : T extends object
      ? { [Key in keyof T]?: Unchecked<T[Key]> }
      : T;
