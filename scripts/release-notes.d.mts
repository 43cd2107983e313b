export function findSection(changelog: string, version: string): string | undefined;
