// All the script of the command palette that a page loads: it waits for the keys, or for a button, and then fetches the rest.

function open(): void {
  void import('./palette.ts').then(({ openPalette }) => openPalette());
}

document.addEventListener(
  'keydown',
  (event) => {
    // Ctrl+. reaches no program in a terminal, and no browser has it for itself.
    if (event.key === '.' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      open();
    }
  },
  { capture: true },
);
document.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('[data-open-palette]')) {
    open();
  }
});
