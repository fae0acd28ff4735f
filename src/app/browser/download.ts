/** Hands a file to the browser's downloads. The bytes go from this page to the disk; no server sees them. */
export function download(fileName: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser reads the blob after the click; a minute is ample, and a leak would last as long as the page.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
