/** The kinds of responsible parties; their words stand in the locale files. */
export const PARTY_KINDS = ['shop', 'property', 'owner', 'builder', 'other'] as const
