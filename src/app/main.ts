// Mounts the page: the studio, or, where the browser withholds what it needs, a page that says what to do.
import { mount } from 'svelte';
import { waysToSafety } from './frame/waysToSafety';
import { language } from './words/language.svelte';
import { fetchLanguages } from './words/tables';
import './styles/index.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
const ways = waysToSafety(window);
// the page over plain http speaks both at once
await fetchLanguages(ways ? undefined : [language.current]);
// Imported only where they can run: the studio's state asks for locks and workers while it loads.
if (ways) mount((await import('./frame/PlainHttp.svelte')).default, { target, props: { ways } });
else mount((await import('./App.svelte')).default, { target });
