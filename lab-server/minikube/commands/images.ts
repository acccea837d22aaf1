// minikube image ls, load, pull: the images of the nodes. They come from the lab's catalogue.
import { images, loadImage } from '../machine.ts';
import { CommandFailed } from './failure.ts';

type Print = (text: string) => void;

export async function imageList(print: Print): Promise<void> {
  print((await images()).map((reference) => `${reference}\n`).join(''));
}

/** The real program takes an image from this machine's Docker; here there is none, and the catalogue stands in for it. */
export async function imageLoad(reference: string): Promise<void> {
  try {
    await loadImage(reference);
  } catch (error) {
    throw new CommandFailed('GUEST_IMAGE_LOAD', `Failed to load image: ${error instanceof Error ? error.message : String(error)}`);
  }
}
