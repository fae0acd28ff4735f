// What a build of the studio says of itself in build.json, which lies beside its pages.
export interface BuildRecord {
  name: string;
  version: string;
  /** SHA-256 of the list of files as `sha256sum` writes it, hex. */
  sha256: string;
  files: { path: string; sha256: string }[];
}
