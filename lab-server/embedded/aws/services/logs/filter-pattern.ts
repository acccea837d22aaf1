// CloudWatch Logs filter patterns (user guide, "Filter pattern syntax"): terms for text, `{ $.field = "x" }` for JSON.

/** A test for messages. Throws RangeError when the pattern is not understood. */
export function filterPattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (text === '' || text === '""') {
    return () => true;
  }
  if (text.startsWith('%') && text.endsWith('%') && text.length > 2) {
    const expression = new RegExp(text.slice(1, -1));
    return (message) => expression.test(message);
  }
  return text.startsWith('{') ? jsonPattern(text) : termsPattern(text);
}

function termsPattern(text: string): (message: string) => boolean {
  const terms = [...text.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)].map((match) => ({
    sign: match[1] ?? '',
    term: match[2] ?? match[3] ?? '',
  }));
  const optional = terms.filter(({ sign }) => sign === '?');
  return (message) =>
    terms.every(({ sign, term }) => (sign === '-' ? !message.includes(term) : sign === '?' ? true : message.includes(term))) &&
    (optional.length === 0 || optional.some(({ term }) => message.includes(term)));
}

const COMPARISON = /^\$\.([\w.[\]-]+)\s*(=|!=|<=|>=|<|>)\s*("[^"]*"|\S+)$/;

function jsonPattern(text: string): (message: string) => boolean {
  const inner = text.replace(/^\{\s*|\s*\}$/g, '');
  const alternatives = inner.split(/\s*\|\|\s*/).map((part) => part.split(/\s*&&\s*/).map(comparison));
  return (message) => {
    let value: unknown;
    try {
      value = JSON.parse(message);
    } catch {
      return false;
    }
    return alternatives.some((all) => all.every((test) => test(value)));
  };
}

function comparison(part: string): (value: unknown) => boolean {
  const match = COMPARISON.exec(part.replace(/^\(|\)$/g, '').trim());
  if (!match) {
    throw new RangeError(`the condition ${JSON.stringify(part)} is not understood`);
  }
  const [, path = '', operator = '=', literal = ''] = match;
  const wanted = literal.startsWith('"') ? literal.slice(1, -1) : literal;
  const wildcard = new RegExp(`^${wanted.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`);
  return (value) => {
    const found = path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], value);
    if (found === undefined || found === null) {
      return false;
    }
    switch (operator) {
      case '=':
        return wildcard.test(String(found as string));
      case '!=':
        return !wildcard.test(String(found as string));
      case '<':
        return Number(found) < Number(wanted);
      case '<=':
        return Number(found) <= Number(wanted);
      case '>':
        return Number(found) > Number(wanted);
      default:
        return Number(found) >= Number(wanted);
    }
  };
}
