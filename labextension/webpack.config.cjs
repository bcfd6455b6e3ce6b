// Lab's builder takes this with its own rules: styles are made small, as it makes scripts small itself.
module.exports = {
  module: {
    rules: [
      {
        test: /\.css$/,
        enforce: 'pre',
        loader: 'builtin:lightningcss-loader',
        options: { minify: true, errorRecovery: false }
      }
    ]
  }
};
