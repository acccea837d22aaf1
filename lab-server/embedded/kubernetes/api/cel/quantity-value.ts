// Quantities in CEL: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  type Quantity,
  quantityOf,
  subtractQuantities,
  tryParseQuantity,
  wholeValue,
} from '../../values/index.ts';

/** What `quantity('10Mi')` is. */
export class QuantityValue {
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }

  get milli(): number {
    return milliValue(this.quantity);
  }

  toString(): string {
    return formatQuantity(this.quantity);
  }
}

type Register = (signature: string, handler: (...values: never[]) => unknown) => void;

export function registerQuantities(register: Register): void {
  const compare = (a: QuantityValue, b: QuantityValue): number => compareQuantities(a.quantity, b.quantity);
  register('quantity(string): Quantity', (text: string) => new QuantityValue(parseQuantity(text)));
  register('isQuantity(string): bool', (text: string) => tryParseQuantity(text) !== undefined);
  register('Quantity.isGreaterThan(Quantity): bool', (a: QuantityValue, b: QuantityValue) => compare(a, b) > 0);
  register('Quantity.isLessThan(Quantity): bool', (a: QuantityValue, b: QuantityValue) => compare(a, b) < 0);
  register('Quantity.compareTo(Quantity): int', (a: QuantityValue, b: QuantityValue) => BigInt(compare(a, b)));
  register('Quantity.sign(): int', (a: QuantityValue) => BigInt(compareQuantities(a.quantity, quantityOf(0))));
  register('Quantity.isInteger(): bool', (a: QuantityValue) => a.milli % 1000 === 0);
  register('Quantity.asInteger(): int', (a: QuantityValue) => BigInt(wholeValue(a.quantity)));
  register('Quantity.asApproximateFloat(): double', (a: QuantityValue) => a.milli / 1000);
  register('Quantity.add(Quantity): Quantity', (a: QuantityValue, b: QuantityValue) => sum(a, b.quantity));
  register('Quantity.add(int): Quantity', (a: QuantityValue, b: bigint) => sum(a, quantityOf(b)));
  register('Quantity.sub(Quantity): Quantity', (a: QuantityValue, b: QuantityValue) => difference(a, b.quantity));
  register('Quantity.sub(int): Quantity', (a: QuantityValue, b: bigint) => difference(a, quantityOf(b)));
}

function sum(a: QuantityValue, b: Quantity): QuantityValue {
  return new QuantityValue(addQuantities(a.quantity, b));
}

function difference(a: QuantityValue, b: Quantity): QuantityValue {
  return new QuantityValue(subtractQuantities(a.quantity, b));
}
