// "Continue where I left off": a link that is there once there is a place to go back to.
import { lastPlace } from './last-place.ts';

const place = lastPlace();
for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-continue]')) {
  if (place) {
    link.href = place.section === '' || place.section === '_top' ? place.path : `${place.path}#${place.section}`;
    link.textContent = `Continue with ${place.title}`;
    link.hidden = false;
  }
}
