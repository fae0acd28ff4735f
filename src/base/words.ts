/** The languages the studio speaks. Every string a person reads exists in both. */
export type Language = 'en' | 'zh';
export type Words = Record<Language, string>;

/** Fills `{name}` with facts; an unknown name stays visible, so that a wrong template is seen and not hidden. */
export function fill(template: string, facts: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
}
