// Addresses in the language of the page. English stands at the root, other languages below their code.

/** The languages beside English, by code. */
export const TRANSLATIONS = ['de'];

/** For pages below src/pages/[...locale]: one of each in English and in every other language. */
export function everyLocale(): { params: { locale: string | undefined } }[] {
  return [undefined, ...TRANSLATIONS].map((locale) => ({ params: { locale } }));
}

/** `/exercises/` as it is in a language. */
export function localised(locale: string | undefined): (path: string) => string {
  return (path) => (locale === undefined ? path : `/${locale}${path}`);
}

/** What a page that exists in English alone tells Starlight: it then says so, and marks the text as English. */
export function untranslated(locale: string | undefined): { lang?: string; isFallback?: true } {
  return locale === undefined ? {} : { lang: 'en', isFallback: true };
}
