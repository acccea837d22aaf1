// On a lesson or an exercise: remembers the page, and the section that is being read.
import { rememberPlace } from './last-place.ts';

const title = document.querySelector('main h1')?.textContent.trim() ?? document.title;
const path = location.pathname;

rememberPlace({ path, title, section: '' });
const observer = new IntersectionObserver(
  (entries) => {
    const seen = entries.find((entry) => entry.isIntersecting);
    if (seen) {
      rememberPlace({ path, title, section: seen.target.id });
    }
  },
  // The upper third of the window is where one reads.
  { rootMargin: '0px 0px -66% 0px' },
);
for (const heading of document.querySelectorAll('main h2[id]')) {
  observer.observe(heading);
}
