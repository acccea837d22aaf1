// XML answers of the query protocols, written from the model.
import { primitiveOf, shapeOf, type Member, type ServiceModel } from '../../model/model.ts';
import { isoOf } from './time.ts';

/** How the two query protocols name things. */
export interface XmlNaming {
  /** Element of a structure's member. */
  member(name: string, member: Member): string;
  /** Whether a list is written without a wrapping element. */
  isFlat(member: Member): boolean;
}

export const queryNaming: XmlNaming = {
  member: (name, member) => member.xmlName ?? name,
  isFlat: (member) => member.flattened === true,
};

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll('\r', '&#xD;');
}

/** The members of a structure as elements. */
export function writeStructure(value: Record<string, unknown>, shapeName: string, model: ServiceModel, naming: XmlNaming): string {
  const shape = shapeOf(model, shapeName);
  if (shape.type !== 'structure' && shape.type !== 'union') {
    return '';
  }
  let xml = '';
  for (const [name, member] of Object.entries(shape.members)) {
    const item = value[name];
    if (item !== undefined && item !== null) {
      xml += writeMember(naming.member(name, member), item, member, model, naming);
    }
  }
  return xml;
}

function writeMember(element: string, value: unknown, member: Member, model: ServiceModel, naming: XmlNaming): string {
  if (primitiveOf(member)) {
    return `<${element}>${escapeXml(textOf(value, member))}</${element}>`;
  }
  const shape = shapeOf(model, member.shape);
  switch (shape.type) {
    case 'list': {
      const flat = naming.isFlat(member);
      const itemElement = flat ? element : (shape.member.xmlName ?? 'member');
      const items = (value as unknown[]).map((item) => writeMember(itemElement, item, shape.member, model, naming)).join('');
      return flat ? items : `<${element}>${items}</${element}>`;
    }
    case 'map': {
      const flat = naming.isFlat(member);
      const entries = Object.entries(value as object).map(([key, item]) => {
        const inner = `<${shape.key.xmlName ?? 'key'}>${escapeXml(key)}</${shape.key.xmlName ?? 'key'}>${writeMember(shape.value.xmlName ?? 'value', item, shape.value, model, naming)}`;
        return flat ? `<${element}>${inner}</${element}>` : `<entry>${inner}</entry>`;
      });
      return flat ? entries.join('') : `<${element}>${entries.join('')}</${element}>`;
    }
    case 'structure':
    case 'union':
      return `<${element}>${writeStructure(value as Record<string, unknown>, member.shape, model, naming)}</${element}>`;
    default:
      return shape satisfies never;
  }
}

function textOf(value: unknown, member: Member): string {
  switch (primitiveOf(member)) {
    case 'timestamp':
      return member.timestampFormat === 'epoch-seconds' ? String((value as number) / 1000) : isoOf(value as number);
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      return String(value as string | number | boolean);
  }
}
