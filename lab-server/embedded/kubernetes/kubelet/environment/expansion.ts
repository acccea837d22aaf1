// $(NAME) references in commands, arguments and values (k8s.io/kubernetes/third_party/forked/golang/expansion).

/** `$(NAME)` becomes the value; `$$` an escaped `$`; what is not defined stays as it is written. */
export function expand(text: string, values: Readonly<Record<string, string>>): string {
  let result = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '$' || at + 1 >= text.length) {
      result += text[at];
      continue;
    }
    if (text[at + 1] === '$') {
      result += '$';
      at += 1;
      continue;
    }
    const end = text[at + 1] === '(' ? text.indexOf(')', at + 2) : -1;
    if (end < 0) {
      result += '$';
      continue;
    }
    const name = text.slice(at + 2, end);
    result += Object.hasOwn(values, name) ? values[name] : `$(${name})`;
    at = end;
  }
  return result;
}
