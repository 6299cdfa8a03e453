package software.amazon.event.ruler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;

/**
 * Answers of AWS's matcher for event-patterns.json. With event-ruler built by `mvn package dependency:copy-dependencies`:
 * java -cp 'target/event-ruler-2.0.1.jar:target/dependency/*' Oracle.java, one {"rule": text, "event": text} a line in;
 * out comes true or false, valid when there is no event, or invalid.
 */
public class Oracle {
  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode asked = json.readTree(line);
      System.out.println(answer(asked.get("rule").asText(), asked.path("event").asText(null)));
    }
  }

  private static String answer(String rule, String event) throws Exception {
    Machine machine = new Machine();
    try {
      machine.addRule("rule", rule);
    } catch (Throwable refused) {
      return "invalid";
    }
    return event == null ? "valid" : String.valueOf(!machine.rulesForJSONEvent(event).isEmpty());
  }
}
