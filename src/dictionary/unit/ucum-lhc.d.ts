/** The part of `@lhncbc/ucum-lhc` that is used; it ships no types. */
declare module '@lhncbc/ucum-lhc' {
  interface LibraryUnit {
    readonly csCode_: string;
    readonly source_: string;
    readonly magnitude_: number;
    readonly dim_: { readonly dimVec_: readonly number[] | null } | null;
    /** Name of the function of a special unit. */
    readonly cnv_: string | null;
    readonly isMetric_: boolean;
    readonly isBase_: boolean;
    readonly isArbitrary_: boolean;
  }
  const library: {
    readonly UcumLhcUtils: { getInstance(): unknown };
    readonly UnitTables: { getInstance(): { getUnitByCode(code: string): LibraryUnit | null } };
  };
  export default library;
}
