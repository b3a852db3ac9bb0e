import { mount } from 'svelte';
import App from './App.svelte';
import { startActivity } from './state/activity';
import { startKeys } from './state/keys';
import { startRouter } from './state/router.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';

startRouter();
startKeys();
startActivity();
mount(App, { target: document.getElementById('panel')! });
