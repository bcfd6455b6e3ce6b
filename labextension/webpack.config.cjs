const path = require('path');

const { rspack } = require('@rspack/core');

// Lab's builder takes this with its own rules.
module.exports = {
  resolve: {
    alias: { 'react/jsx-runtime$': path.join(__dirname, 'lib', 'jsx.js') }
  },
  optimization: {
    minimizer: [
      // What one look makes small makes more room for the next: one look alone is the usual.
      new rspack.SwcJsMinimizerRspackPlugin({
        extractComments: false,
        minimizerOptions: { ecma: 2022, module: true, compress: { ecma: 2022, passes: 4 } }
      })
    ]
  },
  module: {
    rules: [
      // Styles are made small, as scripts are.
      {
        test: /\.css$/,
        enforce: 'pre',
        loader: 'builtin:lightningcss-loader',
        options: { minify: true, errorRecovery: false }
      }
    ]
  }
};
