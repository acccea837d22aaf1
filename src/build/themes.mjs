// Colours of code in the pages, light and dark. Blue and amber stand for the two systems, so no token may have them:
// keys are ink and heavy, values green, numbers plum, comments steel.
const palette = {
  light: {
    ground: '#f4f2ee',
    ink: '#16191d',
    soft: '#4a525a',
    comment: '#5f6973',
    string: '#1c6442',
    number: '#7d3472',
    keyword: '#8c2f3f',
  },
  dark: {
    ground: '#0f1214',
    ink: '#e8eaec',
    soft: '#b6bdc3',
    comment: '#8d979f',
    string: '#8fcfa8',
    number: '#d9a3d0',
    keyword: '#eb9aa7',
  },
};

function theme(type) {
  const colour = palette[type];
  const rule = (scope, foreground, fontStyle) => ({ scope, settings: { foreground, ...(fontStyle && { fontStyle }) } });
  return {
    name: `dockside-${type}`,
    type,
    colors: { 'editor.background': colour.ground, 'editor.foreground': colour.ink, 'titleBar.activeForeground': colour.soft },
    settings: [
      { settings: { background: colour.ground, foreground: colour.ink } },
      rule(['comment', 'punctuation.definition.comment'], colour.comment, 'italic'),
      rule(['entity.name.tag', 'support.type.property-name', 'entity.name.function', 'support.function'], colour.ink, 'bold'),
      rule(['punctuation', 'keyword.operator'], colour.soft),
      rule(['string', 'string.unquoted'], colour.string),
      rule(['constant.numeric', 'constant.language'], colour.number),
      rule(['keyword', 'storage'], colour.keyword),
      rule(['constant.other.option', 'string.unquoted.argument'], colour.ink),
    ],
  };
}

export const codeThemes = [theme('dark'), theme('light')];
