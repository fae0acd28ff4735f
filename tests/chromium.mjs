// @ts-check
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

// Finds a browser, and in its folder the software Vulkan driver (SwiftShader) that the GPU tests run on. Plain Node.

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const USUAL_PLACES = [
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The program of Chromium or Chrome: CHROME_PATH, else one on the PATH, else one in a usual place. */
export function findChromium() {
  const { CHROME_PATH, PATH = '' } = process.env;
  if (CHROME_PATH) return existsSync(CHROME_PATH) ? CHROME_PATH : undefined;
  const onPath = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...USUAL_PLACES].find((path) => existsSync(path));
}

/** @param {string} folder */
const hasDriver = (folder) =>
  existsSync(join(folder, 'vk_swiftshader_icd.json')) && existsSync(join(folder, 'libvulkan.so.1'));

/**
 * Environment for a Node process that uses WebGPU (the package `webgpu` is Dawn, the implementation of Chromium). On
 * Linux it points to the software driver beside the browser, so that every machine gives the same numbers; a driver
 * that is already chosen by VK_ICD_FILENAMES stays. Other systems have one of their own, and need nothing.
 *
 * @returns {Record<string, string>}
 */
export function gpuEnvironment() {
  if (process.platform !== 'linux' || process.env['VK_ICD_FILENAMES']) return {};
  const browser = findChromium();
  const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
  if (browser) folders.unshift(dirname(realpathSync(browser)));
  const folder = folders.find(hasDriver);
  if (!folder) return {};
  const libraries = [folder, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  return {
    LD_LIBRARY_PATH: libraries,
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    // Mesa's drivers complain where there is none
    XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? tmpdir(),
  };
}
