export default Object.values(import.meta.glob<string>('../../locales/es/*.ftl', { eager: true, query: '?raw', import: 'default' }));
