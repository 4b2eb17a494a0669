import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The back end of docs/integrer-une-application.md in Java 17, without any library: a record is answered only when
 * Trousseau permits it. Usage: TROUSSEAU_URL=… CLIENT_ID=… CLIENT_SECRET=… PORT=… java Guard.java
 *
 * <p>The JDK reads no JSON: this file takes three members of the answer by their text, and refuses whatever it does
 * not recognise. With Jackson or JSON-B in your application, read them by their names.
 */
public class Guard {
  private static final Pattern PATH = Pattern.compile("^/dossiers/([A-Za-z0-9_-]{1,128})$");
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z0-9_.:-]{1,256}");
  private static final Pattern PERMIT = Pattern.compile("^\\{\"decision\":true[,}]");
  private static final Pattern REFUSAL = Pattern.compile("^\\{\"decision\":false[,}]");
  private static final Pattern SENTENCE = Pattern.compile("\"reason_user\":\\{\"fr\":(\"(?:[^\"\\\\]|\\\\.)*\")");
  private static final Pattern LEVELS = Pattern.compile("\"acr_values\":\\[((?:\"[^\"\\\\]*\",?)+)\\]");

  private static final String URL = System.getenv("TROUSSEAU_URL");
  private static final String CREDENTIALS =
      Base64.getEncoder()
          .encodeToString(
              (System.getenv("CLIENT_ID") + ":" + System.getenv("CLIENT_SECRET"))
                  .getBytes(StandardCharsets.UTF_8));
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/", Guard::serve);
    server.start();
    System.out.println("ready");
  }

  private static void serve(HttpExchange exchange) throws IOException {
    Matcher path = PATH.matcher(exchange.getRequestURI().getPath());
    if (!exchange.getRequestMethod().equals("GET") || !path.matches()) {
      send(exchange, 404, "{\"message\":\"Rien ici.\"}");
      return;
    }
    // In your application both come from your own session, as the ID token gave them: never from the browser.
    String account = exchange.getRequestHeaders().getFirst("X-Account");
    String sid = exchange.getRequestHeaders().getFirst("X-Sid");
    String decision = ask(account, sid, "read", path.group(1));
    if (decision != null && PERMIT.matcher(decision).find()) {
      send(exchange, 200, "{\"dossier\":\"" + path.group(1) + "\"}");
    } else if (decision != null && REFUSAL.matcher(decision).find()) {
      refuse(exchange, decision);
    } else {
      send(exchange, 503, "{\"message\":\"Les droits ne peuvent pas être vérifiés. Réessayez.\"}");
    }
  }

  private static void refuse(HttpExchange exchange, String decision) throws IOException {
    Matcher sentence = SENTENCE.matcher(decision);
    String message = sentence.find() ? sentence.group(1) : "\"Accès refusé.\"";
    Matcher levels = LEVELS.matcher(decision);
    boolean isTooLow = levels.find();
    if (isTooLow) {
      // RFC 9470: your front end sends the person to sign in again at that level, then comes back.
      String values = levels.group(1).replace("\",\"", " ").replace("\"", "");
      exchange
          .getResponseHeaders()
          .set(
              "WWW-Authenticate",
              "Bearer error=\"insufficient_user_authentication\", acr_values=\"" + values + "\"");
    }
    send(exchange, isTooLow ? 401 : 403, "{\"message\":" + message + "}");
  }

  /** What Trousseau says, or {@code null} when it says nothing that is understood. */
  private static String ask(String account, String sid, String action, String patientKey) {
    // Nothing else is an identifier of ours, and nothing else is written into the question.
    if (account == null || sid == null) return null;
    if (!IDENTIFIER.matcher(account).matches() || !IDENTIFIER.matcher(sid).matches()) return null;
    String question =
        "{\"subject\":{\"type\":\"account\",\"id\":\"%s\"},\"action\":{\"name\":\"%s\"},"
            + "\"resource\":{\"type\":\"patient_record\",\"id\":\"%s\"},\"context\":{\"sid\":\"%s\"}}";
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(URL + "/access/v1/evaluation"))
            .timeout(Duration.ofSeconds(5))
            .header("Authorization", "Basic " + CREDENTIALS)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(question.formatted(account, action, patientKey, sid)))
            .build();
    try {
      HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? answer.body() : null;
    } catch (IOException failure) {
      return null;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
