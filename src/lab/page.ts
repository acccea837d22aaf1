// Reaching into the lab's frame, which LabDock.astro renders.

/** The element that the frame must have. Its absence is a mistake between the frame and a script, so it throws. */
export function must<Found extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): Found {
  const found = root.querySelector<Found>(selector);
  if (!found) {
    throw new Error(`The lab's frame has no ${selector}.`);
  }
  return found;
}
