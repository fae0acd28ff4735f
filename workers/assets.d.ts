// Types of what the bundler serves by address.
/** Vite's address of a file that it serves as it is; its own types would bring those of a page into the workers. */
declare module '*.wasm?url' {
  const url: string;
  export default url;
}
/** The address of a worker's script. */
declare module '*.ts?worker&url' {
  const url: string;
  export default url;
}
