export default Object.values(import.meta.glob<string>(['../../locales/sk/*.ftl', '!../../locales/sk/{findings,lab}.ftl'], { eager: true, query: '?raw', import: 'default' }));
