export default Object.values(import.meta.glob<string>(['../../locales/ru/*.ftl', '!../../locales/ru/{findings,lab}.ftl'], { eager: true, query: '?raw', import: 'default' }));
