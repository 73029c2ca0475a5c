/// What an adapter_config.json says about factors, their places and their scales.
struct AdapterConfiguration {
  /// Whose biases were trained.
  enum Bias: String {
    case none, all
    case adapted = "lora_only"
  }

  /// The file, for messages.
  var path: String
  /// R, where no pattern says otherwise.
  var rank: Int
  /// α, where no pattern says otherwise.
  var alpha: Double
  var rankPatterns: [(pattern: ModulePattern, value: Int)]
  var alphaPatterns: [(pattern: ModulePattern, value: Double)]
  /// Scales by α/√R instead of α/R.
  var isRankStabilised: Bool
  /// DoRA: a length for each output, beside the factors.
  var hasMagnitudes: Bool
  /// B has a bias.
  var hasUpBias: Bool
  var bias: Bias
  var targets: AdapterTargets
  /// Modules of which single rows were trained, and these rows.
  var tokenRows: [(module: String, ids: [Int])]
  var dropout: Double
  var baseModel: String

  /// R beside `module`, and the name of the field that says so.
  func rank(
    of module: String, _ matches: PatternMatcher
  ) throws -> (value: Int, field: String) {
    for (pattern, value) in rankPatterns where try pattern.matchesEnd(of: module, matches) {
      return (value, "rank_pattern")
    }
    return (rank, "r")
  }

  /// Factor on B·A beside `module`, unitless.
  func scale(of module: String, rank: Int, _ matches: PatternMatcher) throws -> Double {
    var alpha = alpha
    for (pattern, value) in alphaPatterns where try pattern.matchesEnd(of: module, matches) {
      alpha = value
      break
    }
    return alpha / (isRankStabilised ? Double(rank).squareRoot() : Double(rank))
  }
}
