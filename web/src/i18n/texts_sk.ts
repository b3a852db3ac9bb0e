export default Object.values(import.meta.glob<string>('../../locales/sk/*.ftl', { eager: true, query: '?raw', import: 'default' }));
