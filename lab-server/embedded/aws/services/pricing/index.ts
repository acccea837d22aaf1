// AWS Price List: the prices that the cost lessons look up.
import type * as sdk from '@aws-sdk/client-pricing';
import { AwsError } from '../../gateway/errors.ts';
import { matchesWildcard } from '../iam/evaluation/wildcards.ts';
import { pageOf } from '../pages.ts';
import { operation, type ServiceDefinition, type Timestamped } from '../service.ts';
import { PRODUCTS, productText, type Product } from './products.ts';

const FORMAT = 'aws_v1';
const PAGE = 100;

const invalidToken = (): AwsError =>
  new AwsError('InvalidNextTokenException', 'The pagination token is invalid. Try again without a pagination token.');

function checkFormat(format: string | undefined): void {
  if (format !== undefined && format !== FORMAT) {
    throw new AwsError('InvalidParameterException', 'Format version is not valid.');
  }
}

function productsOf(serviceCode: string | undefined): Product[] {
  const found = PRODUCTS.filter((product) => product.serviceCode === serviceCode);
  if (found.length === 0) {
    throw new AwsError('InvalidParameterException', `Service code "${serviceCode ?? ''}" is not valid.`);
  }
  return found;
}

/** The value of a product under a filter's field; `productFamily` stands beside the attributes. */
function valueOf(product: Product, field: string): string | undefined {
  const key = field.toLowerCase();
  if (key === 'productfamily') {
    return product.family;
  }
  return Object.entries(product.attributes).find(([name]) => name.toLowerCase() === key)?.[1];
}

function matches(product: Product, { Type, Field = '', Value = '' }: Timestamped<sdk.Filter>): boolean {
  const value = valueOf(product, Field);
  switch (Type) {
    case 'CONTAINS':
      return value?.includes(Value) ?? false;
    case 'ANY_OF':
      return Value.split(',').some((one) => one.trim() === value);
    case 'NONE_OF':
      return !Value.split(',').some((one) => one.trim() === value);
    case 'EQUALS':
    case 'TERM_MATCH':
      return value === Value || (Value.includes('*') && value !== undefined && matchesWildcard(Value, value));
    default:
      throw new AwsError('InvalidParameterException', `Filter type ${Type ?? ''} is not valid.`);
  }
}

/** Attribute names of a service's products. */
function attributeNames(serviceCode: string): string[] {
  return [...new Set(['productFamily', ...productsOf(serviceCode).flatMap((product) => Object.keys(product.attributes))])].toSorted(
    (left, right) => (left < right ? -1 : 1),
  );
}

export const pricing: ServiceDefinition = {
  name: 'pricing',
  operations: {
    DescribeServices: operation<sdk.DescribeServicesRequest, sdk.DescribeServicesResponse>({
      handle: (input) => {
        checkFormat(input.FormatVersion);
        const codes = [...new Set(PRODUCTS.map((product) => product.serviceCode))];
        if (input.ServiceCode !== undefined && !codes.includes(input.ServiceCode)) {
          throw new AwsError('InvalidParameterException', `Service code "${input.ServiceCode}" is not valid.`);
        }
        const page = pageOf(
          input.ServiceCode === undefined ? codes : [input.ServiceCode],
          input.NextToken,
          input.MaxResults ?? PAGE,
          invalidToken,
        );
        return {
          FormatVersion: FORMAT,
          Services: page.items.map((ServiceCode) => ({ ServiceCode, AttributeNames: attributeNames(ServiceCode) })),
          NextToken: page.nextToken,
        };
      },
    }),
    GetAttributeValues: operation<sdk.GetAttributeValuesRequest, sdk.GetAttributeValuesResponse>({
      handle: (input) => {
        const values = productsOf(input.ServiceCode).flatMap((product) => valueOf(product, input.AttributeName ?? '') ?? []);
        if (values.length === 0) {
          throw new AwsError(
            'InvalidParameterException',
            `Attribute "${input.AttributeName ?? ''}" is not valid for service code "${input.ServiceCode ?? ''}".`,
          );
        }
        const page = pageOf([...new Set(values)], input.NextToken, input.MaxResults ?? PAGE, invalidToken);
        return { AttributeValues: page.items.map((Value) => ({ Value })), NextToken: page.nextToken };
      },
    }),
    GetProducts: operation<sdk.GetProductsRequest, sdk.GetProductsResponse>({
      handle: (input) => {
        checkFormat(input.FormatVersion);
        const found = productsOf(input.ServiceCode).filter((product) => (input.Filters ?? []).every((filter) => matches(product, filter)));
        const page = pageOf(found, input.NextToken, input.MaxResults ?? PAGE, invalidToken);
        return { FormatVersion: FORMAT, PriceList: page.items.map(productText), NextToken: page.nextToken };
      },
    }),
    ListPriceLists: operation<sdk.ListPriceListsRequest, sdk.ListPriceListsResponse>({
      handle: (input) => {
        productsOf(input.ServiceCode);
        const RegionCode = input.RegionCode ?? 'us-east-1';
        return {
          PriceLists: [
            {
              PriceListArn: `arn:aws:pricing:::price-list/aws/${input.ServiceCode ?? ''}/USD/20261124000000/${RegionCode}`,
              RegionCode,
              CurrencyCode: input.CurrencyCode,
              FileFormats: ['json', 'csv'],
            },
          ],
        };
      },
    }),
  },
  fidelity: {
    version: '2017-10-15',
    gaps: [
      'services other than AmazonECS (Fargate, ECS Anywhere), AmazonEKS and AmazonEC2; regions other than us-east-1; reserved prices and savings plans',
      'files of price lists (GetPriceListFileUrl)',
    ],
    differences: [
      'Prices are those of the day on which they were read, which `effectiveDate` says; of EC2 that is t3.medium alone, the other instance types were not read again that day. SKUs are our own.',
    ],
  },
};
