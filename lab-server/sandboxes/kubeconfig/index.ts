export { KubeconfigDriver } from './driver.ts';
