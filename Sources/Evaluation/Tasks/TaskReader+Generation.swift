import Formats
import PythonText

extension TaskReader {
  /// The harness's names for the same limit, the strongest last.
  private static let limitKeys = [
    "max_completion_tokens", "max_tokens", "max_new_tokens", "max_gen_toks",
  ]

  /// `generation_kwargs`; without `until`, answers end where the next example would begin.
  mutating func generationPlan(for outputType: OutputType) -> GenerationPlan {
    var plan = GenerationPlan(stops: [string("fewshot_delimiter") ?? "\n\n"])
    guard outputType == .generateUntil else { return plan }
    var (samples, temperature): (Bool?, Double?)
    for (key, setting) in file["generation_kwargs"]?.mapping ?? [] where !setting.isNull {
      switch key {
      case "until":
        let stops = setting.list ?? [setting]
        plan.stops = stops.compactMap(\.string)
        if plan.stops.count != stops.count { report(setting, "'until' must be texts") }
      case "do_sample":
        samples = setting.scalar == .bool(true)
        if case .bool? = setting.scalar {
        } else {
          report(setting, "'do_sample' must be true or false")
        }
      case "temperature": temperature = number(setting, key, from: 0, to: 1e6)
      case "top_p": plan.topP = number(setting, key, from: 0, to: 1)
      case "top_k": plan.topK = integer(setting, key, in: 0...16_777_216)
      case "num_beams" where setting.scalar == .integer(1): break
      case _ where Self.limitKeys.contains(key): break
      default:
        let known = ["until", "do_sample", "temperature", "top_p", "top_k"] + Self.limitKeys
        report(
          setting,
          "generation_kwargs: '\(key.shown())' is not supported; known keys: "
            + known.joined(separator: ", "))
      }
    }
    for key in Self.limitKeys {
      if let setting = file["generation_kwargs"]?[key],
        let limit = integer(setting, key, in: 1...16_777_216)
      {
        plan.maximumTokens = limit
      }
    }
    // The libraries sample at temperature 1 unless told otherwise.
    plan.temperature = samples == false ? 0 : temperature ?? (samples == true ? 1 : 0)
    if plan.topK == 0 { plan.topK = nil }
    return plan
  }

  private mutating func number(
    _ setting: TaskSetting, _ key: String, from minimum: Double, to maximum: Double
  ) -> Double? {
    let value = setting.scalar.flatMap { $0.doubleValue ?? Double($0.text) }
    guard let value, value >= minimum, value <= maximum else {
      report(setting, "'\(key)' must be a number from \(minimum) to \(maximum)")
      return nil
    }
    return value
  }
}
